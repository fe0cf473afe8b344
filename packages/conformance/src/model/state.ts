import type { StateEntry, StateKey } from '@holdfast/spec'
import { inOrder, replaced, type Model } from './model.ts'

export function setState(model: Model, entry: StateEntry): void {
  const stored = findState(model, entry)
  model.state = stored ? replaced(model.state, stored, entry) : [...model.state, entry]
}

export function findState(model: Model, key: StateKey): StateEntry | undefined {
  return model.state.find((entry) => isSame(entry, key))
}

export function deleteState(model: Model, key: StateKey): boolean {
  const before = model.state.length
  model.state = model.state.filter((entry) => !isSame(entry, key))
  return model.state.length < before
}

export function allState(model: Model, workflowId: string): readonly StateEntry[] {
  const found = model.state.filter((entry) => entry.workflowId === workflowId)
  return inOrder(found, ({ key }) => [key])
}

function isSame(a: StateKey, b: StateKey): boolean {
  return a.workflowId === b.workflowId && a.key === b.key
}
