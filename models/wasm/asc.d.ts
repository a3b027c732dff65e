/**
 * The part of the AssemblyScript compiler that build.mjs calls. Its own declarations bring the
 * language's built-ins along, which change what TypeScript believes of arrays everywhere
 * (assemblyscript 0.28); tsconfig.json points here instead.
 */
interface Compiled {
  error: Error | null;
}

interface Surroundings {
  stderr: { write(chunk: string | Uint8Array): void };
  readFile(name: string, base: string): Promise<string | null>;
  writeFile(name: string, contents: string | Uint8Array): void;
  listFiles(): string[];
}

declare const asc: { main(argv: string[], surroundings: Surroundings): Promise<Compiled> };
export default asc;
