/** NFKC, case folded: what names are compared and searched by, alike on both engines. */
export function folded(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}
