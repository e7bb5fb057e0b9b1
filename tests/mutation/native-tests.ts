/** The tests that a mutant of the native side has to pass, the quick and sharp ones first, in one process. */
const FILES = ['native/step-plan', 'native/profile', 'native/server', 'native/lanes'];

for (const file of FILES) await import(`../${file}.test.ts`);

// the limit of a mutant is a multiple of what the unchanged sources take
process.on('exit', () => {
  const {user, system} = process.cpuUsage();
  console.log(`# cpu ${(user + system) / 1e6}`);
});
