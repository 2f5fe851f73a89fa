/** NFKC with case folded: names are compared and searched by this, the same way on both engines. */
export function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
}
