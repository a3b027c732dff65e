/**
 * The bench as one file for a machine that has Node, Dawn's addon and a graphics driver, and
 * nothing of this project: parts `webgpu`, `null` and `lesson` (that one wants public/policies too),
 * options as in bench.ts, which says how to make and run it. The addon is found as dawnBeside.ts says.
 */
import process from 'node:process';
import { benchLesson } from './lesson.ts';
import { dawnParts, runParts } from './nodeHost.ts';
import { parseCommandLine } from './options.ts';

const options = parseCommandLine(process.argv.slice(2));
const named = options.parts.length > 0 ? options.parts : Object.keys(dawnParts);
await runParts({ ...dawnParts, lesson: benchLesson }, named, options);
process.exit(0);
