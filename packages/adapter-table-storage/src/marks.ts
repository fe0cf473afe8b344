import { keyOf } from './keys.ts'
import { packContent, unpackContent } from './pack.ts'
import type { Change, Content, Row } from './table.ts'

// Nothing else that a row holds has a name that begins like this.
const UNIT = 'unit'
const FATE = 'unitFate'
const NEXT = 'unitNext'

/** The property that {@link unitOf} needs. */
export const MARK: string = UNIT

/** What a mark says: the row is new, is to go, or is to be replaced. */
type Fate = 'in' | 'out' | 'swap'

/** Whether a unit is committed, or was called off. */
export type Decision = 'committed' | 'off'

/** The row that has the decision on a unit. */
export function unitKey(unit: string): string {
  return keyOf('V', unit)
}

export function decisionContent(decision: Decision): Content {
  return { decision }
}

export function decisionOf({ content }: Row): Decision {
  return content.decision === 'committed' ? 'committed' : 'off'
}

/** The unit that has marked a row, if one has. */
export function unitOf({ content }: Row): string | null {
  const unit = content[UNIT]
  return typeof unit === 'string' && unit !== '' ? unit : null
}

/** The change that marks the row of a change; `row` is what is there. `null` when it is not what the change is meant for. */
export function markingOf(unit: string, change: Change, row: Row | null): Change | null {
  const { key } = change
  const mark = (fate: Fate): Content => ({ [UNIT]: unit, [FATE]: fate })
  // What is there already makes the transaction fail.
  if (change.do === 'create' || (change.do === 'put' && row === null))
    return { do: 'create', key, content: { ...change.content, ...mark('in') } }
  if (row === null) return null
  const { content, etag } = row
  const marked = (fate: Fate, next: Content): Change => {
    return { do: 'replace', key, content: { ...content, ...next, ...mark(fate) }, etag }
  }
  if (change.do === 'delete') return marked('out', {})
  if ('etag' in change && change.etag !== undefined && change.etag !== etag) return null
  const next = change.do === 'merge' ? { ...content, ...change.content } : change.content
  return marked('swap', packContent(NEXT, next))
}

/** What a marked row is when its unit is committed, or not. */
export function outcomeOf(row: Row, decision: Decision): Row | null {
  const { content } = row
  const committed = decision === 'committed'
  if (content[FATE] === (committed ? 'out' : 'in')) return null
  if (content[FATE] === 'swap' && committed)
    return { ...row, content: unpackContent(NEXT, content) }
  const own = Object.entries(content).filter(([name]) => !name.startsWith(UNIT))
  return { ...row, content: Object.fromEntries(own) }
}

/**
 * The change, taking the mark off a row that it does not look at: that of an index. The record that such a row finds has
 * no mark any more, so that the row was to stay; rows that a unit replaces are put whole, and not merged.
 */
export function unmarking(change: Change): Change {
  if (change.do !== 'merge' || change.etag !== undefined) return change
  return { ...change, content: { ...change.content, [UNIT]: '' } }
}
