/** `node compile.mjs JSON`: compiles modules, given as lists of arguments, in one process: the compiler is warm after the first. */
import asc from 'assemblyscript/asc';

for (const args of JSON.parse(process.argv[2])) {
  const {error, stderr} = await asc.main(args);
  if (error) {
    console.error(`${args[0]}: ${error.message}\n${stderr}`);
    process.exit(1);
  }
}
