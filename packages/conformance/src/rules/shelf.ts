import {
  comparePlaces,
  type Page,
  type PageRequest,
  type Place,
  type RepositoryName,
} from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import type { Store } from '../rule.ts'
import type { Trial } from '../trial.ts'

/** Records that a paged method lists, apart from whatever else the store holds. */
export interface Shelf {
  /** Stores one more, and returns its key. Those of one rank, 0 to 999, tie. */
  add(rank: number): Promise<string>
  /** Takes it from the list, where the repository has a way. */
  readonly remove: ((key: string) => Promise<unknown>) | undefined
  /** Writes it again, so that it keeps its place, where the repository has a way. */
  readonly touch: ((key: string) => Promise<unknown>) | undefined
  page(request: PageRequest): Promise<Page<unknown>>
  keysOf(page: Page<unknown>): readonly string[]
  /** The keys in the order of the contract. */
  sort(keys: readonly string[]): readonly string[]
  /** Makes room for the next shelf. */
  clear(): Promise<void>
}

/** A paged method, and how to make shelves for it. */
export interface PagedMethod {
  readonly method: string
  /** As the contract states it. */
  readonly order: string
  readonly needs: readonly RepositoryName[]
  readonly bugs: readonly string[]
  /** One shelf at a time: the next one after {@link Shelf.clear}. */
  shelves(store: Store, trial: Trial): () => Shelf
}

export interface ShelfOptions<T> {
  /** Returns the key of the new record, and its place. */
  add(rank: number): Promise<readonly [key: string, place: Place]>
  readonly remove?: (key: string) => Promise<unknown>
  readonly touch?: (key: string) => Promise<unknown>
  page(request: PageRequest): Promise<Page<T>>
  keyOf(item: T): string
  /** Where the store has a say in the place. */
  readonly placeOf?: (item: T) => Place
  readonly direction?: 1 | -1
  readonly clear?: () => Promise<void>
}

export function shelf<T>(options: ShelfOptions<T>): Shelf {
  const { remove, touch, keyOf, placeOf, direction = 1, clear = async () => {} } = options
  const places = new Map<string, Place>()
  const placeOfKey = (key: string): Place => places.get(key) ?? []
  return {
    async add(rank) {
      const [key, place] = await options.add(rank)
      places.set(key, place)
      return key
    },
    remove,
    touch,
    page: options.page,
    keysOf(page) {
      const items = page.items as readonly T[]
      if (placeOf) for (const item of items) places.set(keyOf(item), placeOf(item))
      return items.map(keyOf)
    },
    sort: (keys) =>
      keys.toSorted((a, b) => direction * comparePlaces(placeOfKey(a), placeOfKey(b))),
    clear,
  }
}

/** Shelves of a method that only asks up to an instant: each lies before those that came earlier. */
export function windows(): () => number {
  let start = EPOCH
  return () => {
    start -= 10_000
    return start
  }
}

/** How far a window goes. */
export const WINDOW = 999
