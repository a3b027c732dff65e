/** What became of a diagnosis' remedy once it was pressed. */
export interface Outcome {
  text: string;
  /** It may be pressed again: it was refused. */
  again: boolean;
}
