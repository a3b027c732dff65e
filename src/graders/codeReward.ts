/** Placeholder of types until the sandbox is merged. */
export interface CodeProgram {
  name: string;
  source: string;
  range: readonly [min: number, max: number];
}
export type CodeErrorKind =
  'syntax' | 'thrown' | 'not-a-number' | 'nan' | 'range' | 'timeout' | 'memory';
export interface CodeError {
  kind: CodeErrorKind;
  message: string;
  line: number | null;
  column: number | null;
}
export interface CodeInput {
  prompt: string;
  completion: string;
  thinking: string;
  answer: string;
  example: unknown;
  step: number;
}
export interface CodeBatchResult {
  scores: (number | null)[];
  errors: { index: number; error: CodeError }[];
  logs: readonly string[];
}
export interface RewardRunner {
  check(program: CodeProgram): Promise<CodeError | null>;
  run(program: CodeProgram, inputs: readonly CodeInput[]): Promise<CodeBatchResult>;
  close(): void;
}
export const codeLimits = { sourceLength: 20_000 } as const;
