describe('as-pect', () => {
  it('compiles and runs a spec', () => {
    const scratch = memory.data(8);
    store<u64>(scratch, (<u64>1) << 40);
    expect<u64>(load<u64>(scratch)).toBe(1099511627776);
  });
});
