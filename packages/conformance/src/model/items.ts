import fc from 'fast-check'

/**
 * Arrays of up to `max` items whose shrinking takes out pieces, the last ones first, before it makes the items smaller.
 * fast-check's own arrays do the latter first, which takes ten times as many runs where the items are operations on a
 * store. All lengths are equally likely: a sequence that is short brings nothing about.
 */
export function itemsOf<T>(item: fc.Arbitrary<T>, max: number): fc.Arbitrary<readonly T[]> {
  return new ItemsArbitrary(item, max)
}

/** The longest sequence that pairs are taken out of. */
const PAIRS = 12

/** How far the taking out has come: pieces of this size, and where, counted from the end. */
interface Progress<T> {
  readonly values: readonly fc.Value<T>[]
  readonly size: number
  readonly at: number
}

class ItemsArbitrary<T> extends fc.Arbitrary<readonly T[]> {
  readonly #item: fc.Arbitrary<T>
  readonly #max: number

  constructor(item: fc.Arbitrary<T>, max: number) {
    super()
    this.#item = item
    this.#max = max
  }

  override generate(random: fc.Random): fc.Value<readonly T[]> {
    const length = random.nextInt(1, this.#max)
    const values = Array.from({ length }, () => this.#item.generate(random, undefined))
    return toValue({ values, size: Math.ceil(length / 2), at: 0 })
  }

  override canShrinkWithoutContext(_value: unknown): _value is readonly T[] {
    return false
  }

  override shrink(_value: readonly T[], context: unknown): fc.Stream<fc.Value<readonly T[]>> {
    return fc.stream(this.#smaller(context as Progress<T>))
  }

  *#smaller({ values, size, at }: Progress<T>): Generator<fc.Value<readonly T[]>> {
    let from = at
    for (let piece = size; piece >= 1; piece = Math.floor(piece / 2)) {
      for (let after = from; after < values.length; after += piece) {
        const end = values.length - after
        const left = values.filter((_, index) => index < end - piece || index >= end)
        if (left.length > 0) yield toValue({ values: left, size: piece, at: after })
      }
      from = 0
    }
    for (const [index, value] of values.entries()) {
      for (const smaller of this.#item.shrink(value.value_, value.context))
        yield toValue({ values: values.with(index, smaller), size: 1, at: 0 })
    }
    // What is made and undone again goes only together. The pairs of a long sequence are too many.
    if (values.length > PAIRS) return
    for (const first of values.keys()) {
      for (const second of values.keys()) {
        const left = values.filter((_, index) => index !== first && index !== second)
        if (second > first && left.length > 0) yield toValue({ values: left, size: 1, at: 0 })
      }
    }
  }
}

function toValue<T>(progress: Progress<T>): fc.Value<readonly T[]> {
  return new fc.Value(
    progress.values.map(({ value_ }) => value_),
    progress,
  )
}
