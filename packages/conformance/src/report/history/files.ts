import type { RuleResult } from '../../verdict.ts'
import type { Report } from '../report.ts'

/** The names of the pages of a report's histories: `history-CLAIM-01.html`, with the provider where there are several. */
export function historyFiles({ providers }: Report): ReadonlyMap<RuleResult, string> {
  const drawn = providers.flatMap(({ name, rules }, column) =>
    rules
      .filter(({ history }) => history !== undefined)
      .map((result) => ({ result, provider: fileName(name), column })),
  )
  const nameOf = ({ result, provider, column }: (typeof drawn)[number]): string => {
    if (providers.length === 1) return result.id
    const alike = drawn.some((other) => other.provider === provider && other.column !== column)
    return `${result.id}-${provider}${alike ? `-${column + 1}` : ''}`
  }
  return new Map(drawn.map((one) => [one.result, `history-${nameOf(one)}.html`]))
}

/** As much of a text as any file system takes for a name. */
export function fileName(text: string): string {
  return text.replaceAll(/[^\w.-]+/g, '-').slice(0, 80)
}
