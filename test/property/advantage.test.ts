/** What holds for all rewards: sums, shifts, scales, groups without spread, order, missing scores. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  computeAdvantages,
  groupsWithSpread,
  type AdvantageOptions,
  type Aggregation,
  type ScaleRewards,
} from '../../src/rft/advantage.ts';

const scalings: ScaleRewards[] = ['group', 'batch', 'none'];
const aggregations: Aggregation[] = ['sum_then_normalize', 'normalize_then_sum'];

/** Groups of one size, rewards of one column; small multiples, so that ties and zeros occur. */
const reward = fc.oneof(
  fc.constantFrom(0, 0.1, 0.9, 1),
  fc.double({ min: -5, max: 5, noNaN: true }),
);
const groupsOf = (item: fc.Arbitrary<number | null>): fc.Arbitrary<(number | null)[][]> =>
  fc.integer({ min: 2, max: 6 }).chain((size) =>
    fc.array(fc.array(item, { minLength: size, maxLength: size }), {
      minLength: 1,
      maxLength: 5,
    }),
  );
const groups = groupsOf(reward) as fc.Arbitrary<number[][]>;
const scaling = fc.constantFrom(...scalings);
const baselines = ['group', 'leave_one_out', 'batch', 'none'] as const;

/** Advantages by group. */
function advantagesOf(
  rewards: readonly (readonly (number | null)[])[],
  scaleRewards: ScaleRewards = 'group',
  more: Partial<AdvantageOptions> = {},
): number[][] {
  const numGenerations = rewards[0]!.length;
  const { advantages } = computeAdvantages(
    rewards.flat().map((r) => [r]),
    {
      numGenerations,
      rewardWeights: [1],
      scaleRewards,
      advantageBaseline: 'group',
      multiObjectiveAggregation: 'sum_then_normalize',
      ...more,
    },
  );
  return rewards.map((_, g) => advantages.slice(g * numGenerations, (g + 1) * numGenerations));
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function expectEqual(actual: number[][], expected: number[][], tolerance: number): void {
  actual.flat().forEach((a, i) => {
    expect(Math.abs(a - expected.flat()[i]!)).toBeLessThan(tolerance);
  });
}

describe('advantages', () => {
  test('sum to 0 in every group', () => {
    fc.assert(
      fc.property(groups, scaling, (rewards, scale) => {
        for (const group of advantagesOf(rewards, scale)) {
          expect(Math.abs(sum(group))).toBeLessThan(1e-9);
        }
      }),
    );
  });

  test('do not change when every reward of a group moves by the same amount', () => {
    fc.assert(
      fc.property(
        groups,
        fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 5, maxLength: 5 }),
        fc.constantFrom('group', 'none'),
        (rewards, shifts, scale) => {
          const moved = rewards.map((group, g) => group.map((r) => r + shifts[g]!));
          expectEqual(advantagesOf(moved, scale), advantagesOf(rewards, scale), 1e-8);
        },
      ),
    );
  });

  test('do not change with the scale of the rewards, but for the guard of 1e-4', () => {
    fc.assert(
      fc.property(groups, fc.double({ min: 0.1, max: 100, noNaN: true }), (rewards, factor) => {
        const scaled = advantagesOf(rewards.map((group) => group.map((r) => r * factor)));
        advantagesOf(rewards).forEach((group, g) => {
          const mean = sum(rewards[g]!) / rewards[g]!.length;
          const squares = sum(rewards[g]!.map((r) => (r - mean) ** 2));
          const std = Math.sqrt(squares / (rewards[g]!.length - 1));
          // a' / a = factor · (std + guard) / (factor · std + guard)
          const ratio = (factor * (std + 1e-4)) / (factor * std + 1e-4);
          group.forEach((a, i) => {
            expect(Math.abs(scaled[g]![i]! - a * ratio)).toBeLessThan(1e-8);
            if (std > 0.1)
              expect(Math.abs(scaled[g]![i]! - a)).toBeLessThan(0.01 * Math.abs(a) + 1e-9);
          });
        });
      }),
    );
  });

  test('are scaled by nothing where that is asked for', () => {
    expect(advantagesOf([[1, 0, 0, 0]], 'none')).toEqual([[0.75, -0.25, -0.25, -0.25]]);
  });

  test('of a group without spread are exactly 0, beside any other group', () => {
    const constant = fc.constantFrom(0, 0.1, 0.3, 0.9, 1, -2.7);
    fc.assert(
      fc.property(groups, constant, scaling, (rewards, value, scale) => {
        const flat = rewards[0]!.map(() => value);
        const [first, ...rest] = advantagesOf([flat, ...rewards], scale);
        for (const a of first!) expect(Math.abs(a)).toBe(0);
        expect(rest).toHaveLength(rewards.length);
      }),
    );
  });

  test('follow their completions when a group is reordered', () => {
    const shuffled = groups.chain((rewards) =>
      fc.tuple(
        fc.constant(rewards),
        fc.shuffledSubarray([...rewards[0]!.keys()], { minLength: rewards[0]!.length }),
        scaling,
      ),
    );
    fc.assert(
      fc.property(shuffled, ([rewards, order, scale]) => {
        const reordered = rewards.map((group) => order.map((i) => group[i]!));
        const expected = advantagesOf(rewards, scale).map((group) => order.map((i) => group[i]!));
        expectEqual(advantagesOf(reordered, scale), expected, 1e-9);
      }),
    );
  });

  test('of a group do not depend on the other groups, even one with the same prompt', () => {
    fc.assert(
      fc.property(groups, fc.constantFrom('group', 'none'), (rewards, scale) => {
        const alone = rewards.flatMap((group) => advantagesOf([group], scale));
        expect(advantagesOf(rewards, scale)).toEqual(alone);
      }),
    );
    // The same prompt twice in a step: eight rows, two groups, each with a mean of its own.
    expect(
      advantagesOf(
        [
          [1, 1, 1, 0],
          [0, 0, 0, 1],
        ],
        'none',
      ),
    ).toEqual([
      [0.25, 0.25, 0.25, -0.75],
      [-0.25, -0.25, -0.25, 0.75],
    ]);
  });

  test('are 0 for rows without any reward, and the others do not notice those rows', () => {
    const withGaps = groupsOf(fc.option(reward, { freq: 3 }));
    fc.assert(
      fc.property(withGaps, fc.constantFrom('group', 'none'), (rewards, scale) => {
        advantagesOf(rewards, scale).forEach((group, g) => {
          const present = rewards[g]!.filter((r) => r !== null);
          const kept = group.filter((_, i) => rewards[g]![i] !== null);
          group.forEach((a, i) => {
            if (rewards[g]![i] === null) expect(a).toBe(0);
          });
          if (present.length < 2) for (const a of kept) expect(Math.abs(a)).toBe(0);
          else expectEqual([kept], advantagesOf([present], scale), 1e-9);
        });
      }),
    );
  });

  test.each(aggregations)(
    '%s: two columns, weights, missing scores: finite, none overwritten',
    (how) => {
      const row = fc.tuple(fc.option(reward), fc.option(reward));
      const rows = fc.array(fc.tuple(row, row, row), { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(rows, scaling, (drawn, scaleRewards) => {
          const scores = drawn.flat();
          const before = JSON.stringify(scores);
          const result = computeAdvantages(scores, {
            numGenerations: 3,
            rewardWeights: [0.9, 0.1],
            scaleRewards,
            advantageBaseline: 'group',
            multiObjectiveAggregation: how,
          });
          expect(JSON.stringify(scores)).toBe(before);
          expect(result.advantages.every(Number.isFinite)).toBe(true);
          expect(result.rewards.map((r) => r === null)).toEqual(
            scores.map((row) => row.every((s) => s === null)),
          );
          expect(Math.abs(sum(result.advantages))).toBeLessThan(1e-6);
        }),
      );
    },
  );

  test.each(baselines)('against %s: permuting a group permutes its advantages', (baseline) => {
    const permuted = fc.tuple(groupsOf(fc.option(reward)), fc.nat());
    fc.assert(
      fc.property(permuted, ([rewards, turn]) => {
        const turned = rewards.map((group) => {
          const by = turn % group.length;
          return [...group.slice(by), ...group.slice(0, by)];
        });
        const more = { advantageBaseline: baseline };
        const before = advantagesOf(rewards, 'none', more);
        const after = advantagesOf(turned, 'none', more);
        const expected = before.map((group) => {
          const by = turn % group.length;
          return [...group.slice(by), ...group.slice(0, by)];
        });
        expectEqual(after, expected, 1e-9);
      }),
    );
  });

  test('against the others of the group: each reward less the mean of the rest', () => {
    fc.assert(
      fc.property(groups, (rewards) => {
        const expected = rewards.map((group) =>
          group.map((own, i) => own - sum(group.filter((_, j) => j !== i)) / (group.length - 1)),
        );
        expectEqual(
          advantagesOf(rewards, 'none', { advantageBaseline: 'leave_one_out' }),
          expected,
          1e-9,
        );
      }),
    );
  });

  test('against the step: they sum to 0 over the step; against nothing: they are the rewards', () => {
    fc.assert(
      fc.property(groups, (rewards) => {
        const ofStep = advantagesOf(rewards, 'none', { advantageBaseline: 'batch' });
        expect(Math.abs(sum(ofStep.flat()))).toBeLessThan(1e-6);
        expectEqual(advantagesOf(rewards, 'none', { advantageBaseline: 'none' }), rewards, 1e-12);
      }),
    );
  });

  test('any weights, any missing scores: a total is the weighted sum of what is there', () => {
    const weights = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), {
      minLength: 3,
      maxLength: 3,
    });
    const rows = fc.array(fc.tuple(fc.option(reward), fc.option(reward), fc.option(reward)), {
      minLength: 4,
      maxLength: 4,
    });
    fc.assert(
      fc.property(rows, weights, (scores, rewardWeights) => {
        const { rewards, advantages } = computeAdvantages(scores, {
          numGenerations: 4,
          rewardWeights,
          scaleRewards: 'group',
          advantageBaseline: 'group',
          multiObjectiveAggregation: 'sum_then_normalize',
        });
        scores.forEach((row, i) => {
          const there = row.flatMap((s, c) => (s === null ? [] : [s * rewardWeights[c]!]));
          if (there.length === 0) expect([rewards[i], advantages[i]]).toEqual([null, 0]);
          else expect(rewards[i]).toBeCloseTo(sum(there), 9);
        });
      }),
    );
  });

  test('a penalty is subtracted from the total, and a missing total stays missing', () => {
    const scores = [[1], [0.5], [null], [0]];
    const { rewards } = computeAdvantages(scores, {
      numGenerations: 4,
      rewardWeights: [2],
      scaleRewards: 'none',
      advantageBaseline: 'group',
      multiObjectiveAggregation: 'sum_then_normalize',
      penalties: [0.25, 0, 1, -0.5],
    });
    expect(rewards).toEqual([1.75, 1, null, 0.5]);
  });

  test.each([
    ['sum_then_normalize', 'group'],
    ['sum_then_normalize', 'batch'],
    ['normalize_then_sum', 'group'],
  ] as const)('%s, scaled by %s: rewards and spread are told alike', (how, scaleRewards) => {
    const result = computeAdvantages(
      [
        [1, 0],
        [1, 0],
        [1, 1],
        [0, 1],
      ],
      {
        numGenerations: 2,
        rewardWeights: [0.75, 0.25],
        scaleRewards,
        advantageBaseline: 'group',
        multiObjectiveAggregation: how,
      },
    );
    expect(result.rewards).toEqual([0.75, 0.75, 1, 0.25]);
    expect(result.fracRewardZeroStd).toBe(0.5);
    const std = expect.closeTo(0.75 * Math.SQRT1_2, 12) as number;
    expect(result.rewardStds).toEqual([0, 0, std, std]);
  });

  test('groups with spread are those whose weighted totals differ', () => {
    const options = { numGenerations: 2, rewardWeights: [1, 1] };
    const scores = [
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 0],
      [null, null],
      [0, 0],
    ];
    expect(groupsWithSpread(scores, options)).toEqual([false, true, false]);
  });

  test('rows that do not fill their groups are our own mistake', () => {
    expect(() => advantagesOf([[1, 0, 1]], 'group', { numGenerations: 2 })).toThrow('internal:');
  });
});
