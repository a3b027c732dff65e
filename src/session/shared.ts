/** What Share gives: an address that opens a recipe, with the receipt of its run where there is one. */
import type { RunConfig } from '../rft/configTable.ts';
import { receiptLink, shareLink } from '../rft/link.ts';
import type { Receipt } from '../rft/receipt.ts';
import type { RunInfo } from './protocol.ts';
import { tableFile, type TableFile } from './tableFile.ts';

/** What Share has to give: an address, or why there is none. */
export type Shared =
  | {
      url: string;
      problem: null;
      /** To be sent along. */
      file: TableFile | null;
      /** The receipt of the run is in it. */
      receipt: boolean;
    }
  | { url: null; problem: string; file: null; receipt: false };

/** @param page the page's own address, with or without a fragment. */
export function sharedAs(config: RunConfig, receipt: Receipt | null, page: string): Shared {
  const address = (text: string): string => `${page.replace(/#.*$/s, '')}#${text}`;
  const withReceipt = receipt && receiptLink(receipt);
  if (withReceipt) return { url: address(withReceipt), problem: null, file: null, receipt: true };
  const link = shareLink(config);
  if (link === null) {
    const problem = 'This recipe is too long for a link: shorten the reward code.';
    return { url: null, problem, file: null, receipt: false };
  }
  const file = link.needsTable ? tableFile(config.rows) : null;
  return { url: address(link.text), problem: null, file, receipt: false };
}

/** Why the link to a run's own recipe comes without the run's receipt. */
export function whyNoReceipt({ finished, origin }: RunInfo, receipt: Receipt | null): string {
  if (!finished) return 'This run has not finished, so only its recipe is shared.';
  if (receipt) return 'This run’s receipt is too long for a link, so only its recipe is shared.';
  if (!origin) return 'This run is from before there were receipts, so only its recipe is shared.';
  return (
    'This run went on on another device or with another version of this page, so it has no receipt ' +
    'that could be verified, and only its recipe is shared.'
  );
}
