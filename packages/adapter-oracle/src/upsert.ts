import { statement, type Statement } from './statement.ts'

/**
 * Stores a body, or replaces it. Not `merge`, which fails when somebody inserts the same key meanwhile, and takes no
 * long text: here whoever comes second updates.
 *
 * @param key the columns of the key, each with its bind
 */
export function upsert(
  name: string,
  table: string,
  key: Readonly<Record<string, string>>,
): Statement {
  const columns = Object.keys(key)
  return statement(
    name,
    `declare
        v_body clob := :body;
        v_done number := 0;
      begin
        while v_done = 0 loop
          update ${table} set body = v_body
          where ${columns.map((column) => `${column} = ${key[column]}`).join(' and ')};
          v_done := sql%rowcount;
          if v_done = 0 then
            begin
              insert into ${table} (${columns.join(', ')}, body)
              values (${Object.values(key).join(', ')}, v_body);
              v_done := 1;
            exception
              when dup_val_on_index then null;
            end;
          end if;
        end loop;
      end;`,
  )
}
