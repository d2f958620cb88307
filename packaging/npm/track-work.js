#!/usr/bin/env node
// Runs the binary of the package for this machine, which npm has installed beside this one.
'use strict';
const { spawnSync } = require('node:child_process');

const name = `track-work-${process.platform}-${process.arch}`;
let binary;
try {
  binary = require.resolve(`${name}/track-work`);
} catch {
  console.error(`error: there is no track-work for this machine: the package ${name} is not installed`);
  console.error('help: install track-work again without --omit=optional, or build it in a clone of its repository: cargo install --path .');
  process.exit(2);
}
// Ctrl-C reaches the binary too, and it says how to go on
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
const run = spawnSync(binary, process.argv.slice(2), { stdio: 'inherit' });
if (run.error) {
  console.error(`error: cannot run ${binary}: ${run.error.message}`);
  process.exit(2);
}
process.exit(run.status ?? 2);
