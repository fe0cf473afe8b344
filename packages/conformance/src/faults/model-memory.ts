/** What a broken provider remembers of a store, by name. */

export function setIn<T>(store: Map<string, unknown>, name: string): Set<T> {
  const set = (store.get(name) ?? new Set()) as Set<T>
  store.set(name, set)
  return set
}

export function mapIn<K, V>(store: Map<string, unknown>, name: string): Map<K, V> {
  const map = (store.get(name) ?? new Map()) as Map<K, V>
  store.set(name, map)
  return map
}
