import { toNumber, type Int } from '@holdfast/spec/rows'
import { statement, type Statement } from './statement.ts'

/**
 * Gives `v_body` back from a block: as text in the same round trip, when it fits a bind of 32,767 bytes whatever its
 * characters, and else as a LOB that is read afterwards.
 */
export const BODY_OUT: string = `if length(v_body) <= 10000 then
            :o_body := v_body;
          else
            :o_long_body := v_body;
          end if;`

/**
 * One record with its body, by a block: a query that has a LOB in it never gives rows with its first answer, so that it
 * takes a round trip more.
 *
 * @param columns all but the body
 */
export function getOne(
  name: string,
  table: string,
  columns: readonly string[],
  where: string,
): Statement {
  return statement(
    name,
    `declare
        v_body clob;
      begin
        :o_found := 0;
        for r in (select ${[...columns, 'body'].join(', ')} from ${table} where ${where}) loop
          :o_found := 1;
          ${columns.map((column) => `:o_${column} := r.${column};`).join('\n          ')}
          v_body := r.body;
          ${BODY_OUT}
        end loop;
      end;`,
  )
}

/** The answer of {@link getOne}. */
export type Gotten<Row> = Row & { readonly found: Int }

export function foundOf<Row>(out: Gotten<Row> | undefined): Row | undefined {
  return out && toNumber(out.found) === 1 ? out : undefined
}
