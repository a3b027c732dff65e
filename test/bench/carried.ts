/**
 * The bench as one file for a machine that has Node, Dawn's addon and a graphics driver, and
 * nothing of this project: parts `webgpu` and `null`, options as in bench.ts, which says how to
 * make and run it. The addon is found as dawnBeside.ts says.
 */
import process from 'node:process';
import { dawnParts, runParts } from './nodeHost.ts';
import { parseCommandLine } from './options.ts';

const options = parseCommandLine(process.argv.slice(2));
await runParts(dawnParts, options.parts, options);
process.exit(0);
