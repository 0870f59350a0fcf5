/** Which series a row of a counter family belongs to: its columns' words as labels. */
import assert from 'node:assert/strict';
import type { Rows } from '../../operators/rows.ts';
import { joinLabels, labelNames, labelText } from './prometheus-labels.ts';
import type { CounterFamily, CounterLabel } from './prometheus-family.ts';
import type { SeriesPlace } from './prometheus-series.ts';
import { columnOf, textAt } from './row-columns.ts';

/** The name that what is beyond a limit is counted under: the operators' own limiter uses the same. */
const OVERFLOW_LABEL = '__other__';

export const TENANT = 'tenant';
/** Label names a dimension cannot have. */
const RESERVED = ['le', 'quantile', TENANT];
/** Places remembered; one takes a few hundred bytes. */
const REMEMBERED_MAX = 65_536;

/** The columns that decide where a row belongs. */
export type DecisiveColumns = readonly (readonly string[])[];

/** What is known of rows whose first columns have certain texts. */
interface Branch {
  place: SeriesPlace | undefined;
  byText: Map<string, Branch> | undefined;
}

/** Places by the texts that make them. Rows of one series come with each flush, so its labels are made once and not with each. */
export class SeriesPlaces {
  readonly #family: CounterFamily;
  readonly #hasTenantLabel: boolean;
  readonly #dimensionNames: ReadonlyMap<string, string>;
  /** Names of the columns that decide, those of few words first: then few texts have a map of what follows them. */
  readonly #columns: readonly string[];
  #known = branch();
  #remembered = 0;

  constructor(family: CounterFamily, hasTenantLabel: boolean) {
    const { labels, outcome, dimensions } = family;
    const decisive = [...labels, ...(outcome === undefined ? [] : [outcome])];
    const ownNames = decisive.map(({ label }) => label);
    this.#family = family;
    this.#hasTenantLabel = hasTenantLabel;
    this.#dimensionNames = labelNames(dimensions?.keys ?? [], [...RESERVED, ...ownNames]);
    const hasDimensions = dimensions !== undefined && this.#dimensionNames.size > 0;
    this.#columns = [
      TENANT,
      ...decisive.filter(({ values }) => values !== undefined).map(({ column }) => column),
      ...decisive.filter(({ values }) => values === undefined).map(({ column }) => column),
      ...(hasDimensions ? [dimensions.column] : []),
    ];
  }

  decisive(rows: Rows): DecisiveColumns {
    return this.#columns.map((column) => columnOf(rows, column) as readonly string[]);
  }

  /** The place of a row; `decisive` are the columns of these rows. */
  of(rows: Rows, decisive: DecisiveColumns, row: number): SeriesPlace {
    let at = this.#known;
    for (const column of decisive) {
      const text = column[row]!;
      const known = (at.byText ??= new Map<string, Branch>());
      let next = known.get(text);
      if (next === undefined) known.set(text, (next = branch()));
      at = next;
    }
    return (at.place ??= this.#make(rows, row));
  }

  /** Where a row is counted for whose own series there is no room. */
  overflowOf(rows: Rows, decisive: DecisiveColumns, row: number): SeriesPlace {
    return { ...this.of(rows, decisive, row), group: this.#groupLabels(rows, row, true) };
  }

  #make(rows: Rows, row: number): SeriesPlace {
    if (++this.#remembered > REMEMBERED_MAX) {
      this.#known = branch();
      this.#remembered = 0;
    }
    const { outcome } = this.#family;
    return {
      tenant: textAt(rows, TENANT, row),
      group: this.#groupLabels(rows, row, false),
      outcome: outcome === undefined ? '' : outcomeLabel(outcome, textAt(rows, outcome.column, row)),
    };
  }

  #groupLabels(rows: Rows, row: number, isOverflow: boolean): string {
    const { labels, dimensions } = this.#family;
    const texts = labels.map(({ label, column, values }) => {
      const value = textAt(rows, column, row);
      if (values !== undefined) return labelText(label, wordOf(values, value));
      return labelText(label, isOverflow ? OVERFLOW_LABEL : value);
    });
    if (this.#hasTenantLabel) texts.unshift(labelText(TENANT, textAt(rows, TENANT, row)));
    if (dimensions === undefined || this.#dimensionNames.size === 0 || isOverflow)
      return joinLabels(...texts);
    const values = JSON.parse(textAt(rows, dimensions.column, row)) as Readonly<Record<string, string>>;
    for (const [key, name] of this.#dimensionNames)
      if (Object.hasOwn(values, key)) texts.push(labelText(name, String(values[key])));
    return joinLabels(...texts);
  }
}

export function outcomeLabel({ label, values }: Required<CounterLabel>, word: string): string {
  return labelText(label, wordOf(values, word));
}

function wordOf(values: Readonly<Record<string, string>>, word: string): string {
  const value = values[word];
  assert(value !== undefined, `BUG: no label value is declared for '${word}'`);
  return value;
}

function branch(): Branch {
  return { place: undefined, byText: undefined };
}
