/**
 * Loaded before the program: after JUMP_AFTER milliseconds its clock jumps by JUMP_BY milliseconds. Timers go on, as those of
 * the system do.
 */
const {JUMP_AFTER = '0', JUMP_BY = '0'} = process.env;
const now = Date.now;
Date.now = () => now() + (performance.now() > Number(JUMP_AFTER) ? Number(JUMP_BY) : 0);
