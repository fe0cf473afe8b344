/** A text that two JSON values share exactly when they are equal, whatever the order of their members. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item)).join()}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join()}}`
  }
  return JSON.stringify(value) ?? String(value)
}

/** Like {@link canonical}; a number stands for itself, which is faster. */
export function identify(value: unknown): string | number {
  return typeof value === 'number' ? value : canonical(value)
}

/** `key` before what is said of it. */
export function of(key: string | undefined, text: string): string {
  return key === undefined ? text : `${key}: ${text}`
}

/** What came back, or a question mark. */
export function answer(output: unknown): string {
  return output === undefined ? '?' : canonical(output)
}
