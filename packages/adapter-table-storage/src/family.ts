import { keyOf, within, type Part, type Range } from './keys.ts'
import type { Change, Row } from './table.ts'

// The rows of all that belongs to a workflow begin alike, so that one range has what goes with it.

/** What a row of a family is. */
export type Member =
  /** The workflow. */
  | 'A'
  /** Changes with each member that is added. */
  | 'B'
  /** Names a command. */
  | 'C'
  /** An error. */
  | 'E'
  /** A step in the list of steps. */
  | 'L'
  /** A snapshot, or a task of it. */
  | 'N'
  /** An output. */
  | 'O'
  /** A step. */
  | 'P'
  /** An entry of the state. */
  | 'S'
  /** Names a subscription. */
  | 'U'

const FAMILY = 'F'

export function familyKey(workflowId: string, member: Member, ...parts: readonly Part[]): string {
  return keyOf(FAMILY, workflowId, [member], ...parts)
}

/** The rows of one kind, of those that begin with the parts. */
export function familyRange(workflowId: string, member: Member, ...parts: readonly Part[]): Range {
  return within(FAMILY, workflowId, [member], ...parts)
}

export function wholeFamily(workflowId: string): Range {
  return within(FAMILY, workflowId)
}

/** What kind of row of a family it is. */
export function memberOf(key: string): Member {
  return key.split('-')[2] as Member
}

/** Goes with each new member, so that a delete that did not see it fails. It is in nobody's way, as it asks for no etag. */
export function touchFamily(workflowId: string): Change {
  return { do: 'put', key: familyKey(workflowId, 'B'), content: {} }
}

/** Goes with the delete of a family that was read: fails when a member was added since. */
export function guardFamily(workflowId: string, rows: readonly Row[]): Change {
  const found = rows.find(({ key }) => memberOf(key) === 'B')
  if (found) return { do: 'replace', key: found.key, content: {}, etag: found.etag }
  return { do: 'create', key: familyKey(workflowId, 'B'), content: {} }
}
