import { numberOf, textOf } from './codec.ts'
import { familyKey, familyRange } from './family.ts'
import type { Range } from './keys.ts'
import type { Change, Content, Row } from './table.ts'

// A step is stored twice, by its id and in the list of its workflow, so that a page of steps is one request.

export function stepKey(workflowId: string, stepId: string): string {
  return familyKey(workflowId, 'P', stepId)
}

export function stepsRange(workflowId: string): Range {
  return familyRange(workflowId, 'L')
}

export function stepPlaceKey(workflowId: string, executionIndex: number, stepId: string): string {
  return familyKey(workflowId, 'L', executionIndex, stepId)
}

function placeKeyOf(content: Content): string {
  const executionIndex = numberOf(content, 'executionIndex')
  return stepPlaceKey(textOf(content, 'workflowId'), executionIndex, textOf(content, 'stepId'))
}

export function createStep(content: Content): Change[] {
  const key = stepKey(textOf(content, 'workflowId'), textOf(content, 'stepId'))
  return [
    { do: 'create', key, content },
    { do: 'create', key: placeKeyOf(content), content },
  ]
}

export function replaceStep({ key, content: old, etag }: Row, content: Content): Change[] {
  const before = placeKeyOf(old)
  const after = placeKeyOf(content)
  return [
    { do: 'replace', key, content, etag },
    ...(before === after ? [] : [{ do: 'delete', key: before } as const]),
    { do: 'put', key: after, content },
  ]
}

export function dropStep({ key, content }: Row): Change[] {
  return [
    { do: 'delete', key },
    { do: 'delete', key: placeKeyOf(content) },
  ]
}
