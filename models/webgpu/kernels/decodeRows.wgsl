// The rollout's state on the GPU, put before every decode kernel (see ../rollout.ts).
// Rows that have not ended stand at the front: slot s of every working buffer belongs to row
// live[s]. Working buffers are transposed, [numbers, slots], so that one vec4f holds the same
// number of four neighbouring slots; a slot at or beyond run.live holds leftovers.

struct Run {
  live: u32,      // rows that have not ended
  t: u32,         // token of the completion under way; below 0, as it were, before the first
  rows: u32,
  seed: u32,
  purpose: u32,
  step: u32,
  firstRow: u32,
  eos: i32,
  greedy: u32,
  topK: u32,
  temperature: f32,
  topP: f32,
  minP: f32,
  tokens: u32,    // of a completion, at most
  columns: u32,   // of the cache
}

struct Row {
  token: u32,        // read next
  position: u32,     // of that token
  prefixBase: u32,   // first cache column of the prefix that it shares with others
  prefixCount: u32,
  ownBase: u32,      // first cache column of its own, for position prefixCount
  ended: u32,
}
