/** Where the watched memory of a helper begins: see region.h. */
export function hostPlace(pagesPerTable: number): bigint {
  return 0x200000000000n + (2n << 20n) - BigInt(pagesPerTable) * 4096n
}
