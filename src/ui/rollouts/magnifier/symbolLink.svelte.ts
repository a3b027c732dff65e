/** Which symbol is pointed at, in a formula or at its quantity; shared by everything on show. */
import type { SymbolName } from '../../../session/magnifier.ts';

export class SymbolLink {
  pointed = $state<SymbolName | null>(null);
}
