import { describe, expect, it } from 'vitest'
import {
  translateBlock,
  translateDefinition,
  translateSql,
  type Binds,
  type BindType,
} from './shim/translate.ts'

// The kit's verdict on this adapter is only as good as this translation.

function binds(given: Record<string, BindType>, out: Record<string, BindType> = {}): Binds {
  return { given: new Map(Object.entries(given)), out: new Map(Object.entries(out)) }
}

const flat = (text: string): string => text.replace(/\s+/g, ' ').trim()

describe('a statement', () => {
  it('has numbered binds of their types, one for each name', () => {
    const sql = `select ':x' from t where a = :a and b = :b and c = :a fetch first :b rows only`
    const { text, values } = translateSql(sql, binds({ a: 'text', b: 'bigint' }))
    expect(text).toBe(
      `select ':x' from t where a = ($1::text) and b = ($2::bigint) and c = ($1::text) fetch first ($2::bigint) rows only`,
    )
    expect(values).toEqual(['a', 'b'])
  })

  it('returns as a row what comes back by binds', () => {
    const sql = 'update t set a = :a returning a, b\n into :o_a, :o_b'
    const { text } = translateSql(sql, binds({ a: 'text' }, { o_a: 'text', o_b: 'bigint' }))
    expect(flat(text)).toBe('update t set a = ($1::text) returning a, b')
  })

  it('has one instant', () => {
    const { text } = translateSql('select sys_extract_utc(systimestamp) x from dual', binds({}))
    expect(text).toBe(`select (statement_timestamp() at time zone 'UTC') x`)
  })

  it('reads a sequence and a JSON array', () => {
    const sql = `select "S"."T".nextval from json_table(:j, '$[*]' columns (a varchar2(1020 byte) path '$.a', b clob path '$.b')) g`
    expect(translateSql(sql, binds({ j: 'text' })).text).toBe(
      `select nextval('"S"."T"') from json_table((($1::text))::jsonb, '$[*]' columns (a text path '$.a', b text path '$.b')) g`,
    )
  })

  it('puts the condition of a branch of merge first', () => {
    const sql = `merge into t using u on (t.a = u.a)
      when matched then update set b = u.b
        where t.b <> u.b
      when not matched then insert (a) values (u.a)`
    expect(flat(translateSql(sql, binds({})).text)).toBe(
      'merge into t using u on (t.a = u.a) when matched and ( t.b <> u.b ) then update set b = u.b when not matched then insert (a) values (u.a)',
    )
  })
})

describe('a definition', () => {
  it('has no storage, and indexes expressions in parentheses', () => {
    const table = `create table "T" (a varchar2(1020 byte) not null, n number(19) generated always as identity (start with 1 order), body clob) pctfree 20 initrans 8 lob (tags, body) store as (cache)`
    expect(translateDefinition(table)).toBe(
      'create table "T" (a text not null, n bigint generated always as identity, body text)',
    )
    expect(
      translateDefinition('create unique index "S"."I" on "S"."T" (a, case when b = 1 then c end)'),
    ).toBe('create unique index "I" on "S"."T" (a, (case when b = 1 then c end))')
    expect(translateDefinition('create sequence "T" start with 7 cache 1000 order')).toBe(
      'create sequence "T" start with 7 cache 1000',
    )
  })
})

describe('a block', () => {
  const sql = `declare
      v_body clob := :body;
      v_n number;
    begin
      select :now into v_n from dual;
      for c in (select a from t where a = :a for update skip locked) loop
        update t set b = v_body where a = c.a returning b into :o_b;
        v_n := sql%rowcount;
      end loop;
      begin
        insert into t (a) values (:a);
      exception
        when dup_val_on_index then null;
      end;
      :o_n := v_n;
    end;`
  const { create, text, values } = translateBlock(
    sql,
    binds({ body: 'text', now: 'bigint', a: 'text' }, { o_b: 'text', o_n: 'bigint' }),
    'f',
  )

  it('is a function of what is given, with what comes back', () => {
    expect(create).toContain('f(b_body text, b_now bigint, b_a text, out o_b text, out o_n bigint)')
    expect(text).toBe('select * from pg_temp.f($1, $2, $3)')
    expect(values).toEqual(['body', 'now', 'a'])
  })

  it('fails when a query finds nothing, and not when a change returns nothing', () => {
    expect(create).toContain('select b_now into strict v_n')
    expect(create).toContain('returning b into o_b')
  })

  it('counts rows, names records and catches what is taken', () => {
    expect(create).toContain('get diagnostics v_n = row_count;')
    expect(flat(create)).toContain('declare c record; v_body text := b_body; v_n bigint;')
    expect(create).toContain('when unique_violation then null;')
    expect(create).toContain('o_n := v_n;')
  })
})
