/** as-pect runs the tests of the core: each spec is compiled together with the modules it imports. */

// The core's arena and AssemblyScript's own heap (strings and objects of a spec) both begin at __heap_base. A first
// block that nobody uses keeps the heap out of the arena's way, as long as a spec's columns stay below this size.
const ARENA_BYTES = 64 << 20;

export default {
  entries: ['tests/assembly/**/*.spec.ts'],
  include: [],
  disclude: [/node_modules/],
  async instantiate(memory, createImports, instantiate, binary) {
    const {exports: spec, ...module} = await instantiate(binary, createImports({env: {memory}}));
    const start = () => {
      spec._start(); // collects the spec's groups, and lays out the heap
      spec.__new(ARENA_BYTES, 0);
    };
    return {...module, exports: {...spec, _start: start}};
  },
};
