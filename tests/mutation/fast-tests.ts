/** The tests that a mutant of the core or the planner has to pass, the quick and sharp ones first, in one process. */
const FILES = [
  'bindings/subsolvers',
  'bindings/subsolver-sync',
  'bindings/subsolver-executor',
  'bindings/limits',
  'bindings/vectors',
  'best/same-plans',
  'bindings/exact',
  'bindings/classes',
  'bindings/lns',
  'bindings/local',
  'bindings/verify',
  'bindings/properties',
  'bindings/differential',
  'bindings/plan',
  'best/best',
];

for (const file of FILES) await import(`../${file}.test.ts`);

// the limit of a mutant is a multiple of what the unchanged sources take
process.on('exit', () => {
  const {user, system} = process.cpuUsage();
  console.log(`# cpu ${(user + system) / 1e6}`);
});
