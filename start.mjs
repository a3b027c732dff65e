/**
 * `npm start`: from a fresh clone to a page in the browser. Installs the locked dependencies
 * when they are missing, builds, serves the built folder and prints its address.
 */
import process from 'node:process';
import { installDependencies, requireNode } from './install.mjs';

requireNode();
process.chdir(import.meta.dirname);
installDependencies();

const { build, preview } = await import('vite');
console.log('Building …');
await build({ logLevel: 'warn' });
const server = await preview({ logLevel: 'warn' });
const url = server.resolvedUrls?.local[0] ?? 'http://localhost:4173/';
console.log(`\nRFT Playground is running at ${url}\nPress Ctrl+C to stop.`);
