/** The parent a span names is there. */
import { type Check, EXEMPT, FAILED, NOT_JUDGED, PASSED } from '../quality-check.ts';

const check: Check = {
  name: 'parent_is_present',
  title: 'Parents are present',
  category: 'completeness',
  weight: 5,
  judges: 'A span with a parent id.',
  passes: 'A span with that id, of the same trace, is in the neighbourhood.',
  exempts:
    'A late span: its trace was stored long ago. A sampled span: its parent may have been left out by rule.',
  credits: 'The service of the span.',
  why: 'A span without its parent hangs in the air: its trace falls apart, and no path or dependency leads to it.',
  fix: 'Look at the trace for what is missing: a proxy or service that passes context on without exporting spans, an exporter that drops or is killed before its last flush, or sampling decided twice.',
  attributes: [],
  open: () => ({
    alone: (span) => {
      if (!span.hasParentId) return NOT_JUDGED;
      return span.isLate || span.isSampled ? EXEMPT : FAILED;
    },
    withParent: () => PASSED,
  }),
};
export default check;
