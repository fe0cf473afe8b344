import { PersistenceError } from '@holdfast/spec'

/**
 * What a script says of a write that names a version: what is stored when an earlier try of the same request wrote it,
 * the times of the record when it wrote, else why it did not write.
 */
export type Written =
  | readonly ['written', createdAt: string, updatedAt: string]
  | readonly ['stored', head: string, body: string]
  | readonly ['missing']
  | readonly ['taken', what: string]
  | readonly ['version', version: string]
  | readonly ['lost']

type Settled = Extract<Written, readonly ['written' | 'stored', ...unknown[]]>

/**
 * What was written.
 *
 * @throws {PersistenceError} `NOT_FOUND`, `CONFLICT`
 */
export function judge(answer: Written, seen: number, what: string): Settled {
  switch (answer[0]) {
    case 'written':
    case 'stored':
      return answer
    case 'missing':
      throw new PersistenceError('NOT_FOUND', `There is no ${what}`)
    case 'taken':
      throw conflict(`There is a ${answer[1] === '' ? what : answer[1]} already`)
    case 'version':
      throw conflict(`Version ${answer[1]} of ${what} is stored, not ${seen}`)
    case 'lost':
      throw new PersistenceError(
        'CLAIM_LOST',
        `The claim on a task of ${what} is not held any more`,
      )
  }
}

export function conflict(message: string): PersistenceError {
  return new PersistenceError('CONFLICT', message)
}
