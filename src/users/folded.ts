/** NFKC with case folding: names are compared and searched in this form, the same way on both engines. */
export function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
}
