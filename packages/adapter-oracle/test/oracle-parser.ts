import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The jar of a parser of Oracle's SQL and PL/SQL, and the program that runs it. */
export interface Parser {
  readonly jar: string
}

const VERSION = '1.2.27'

const PROGRAM = `
import com.alibaba.druid.DbType;
import com.alibaba.druid.sql.SQLUtils;
import java.nio.file.*;

public class Check {
  public static void main(String[] args) throws Exception {
    StringBuilder answers = new StringBuilder();
    for (String sql : Files.readString(Path.of(args[0])).split("\\u0001")) {
      String answer = "";
      try {
        if (SQLUtils.parseStatements(sql, DbType.oracle).size() != 1) answer = "not one statement";
      } catch (Throwable complaint) {
        answer = String.valueOf(complaint.getMessage()).replace('\\n', ' ');
      }
      answers.append(answer).append('\\n');
    }
    System.out.print(answers);
  }
}
`

/** Looks for Java, and for the parser in the folder for downloads, where Maven puts it. */
export async function findParser(): Promise<Parser | { readonly reason: string }> {
  const folder = join(tmpdir(), 'holdfast-oracle-grammar')
  const jar = join(folder, `druid-${VERSION}.jar`)
  try {
    await run('java', ['-version'])
    if (existsSync(jar)) return { jar }
    await mkdir(folder, { recursive: true })
    await run('mvn', [
      ...['-q', '-B', 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'],
      ...[`-Dartifact=com.alibaba:druid:${VERSION}`, `-DoutputDirectory=${folder}`],
    ])
    return existsSync(jar) ? { jar } : { reason: 'Maven did not fetch com.alibaba:druid' }
  } catch (error) {
    return { reason: `it needs Java 17 and Maven: ${(error as Error).message.split('\n')[0]}` }
  }
}

/**
 * What Oracle has and the parser does not know. The order of an identity column goes; a `json_table` becomes a query of
 * its columns. (PostgreSQL parses that one in its place, by the grammar that the standard gives both.)
 */
function withoutUnknown(sql: string): string {
  return sql
    .replace('(start with 1 order)', '(start with 1)')
    .replaceAll(
      /\bjson_table\([\w.:]+, '\$\[\*\]' columns \(((?:[^()]|\([^()]*\))*)\)\)/g,
      (_, columns: string) => {
        const names = [...columns.matchAll(/(?:^|,)\s*(\w+)/g)].map(([, name]) => `1 ${name}`)
        return `(select ${names.join(', ')} from dual)`
      },
    )
}

/** What the parser has against each statement; empty when it takes it. */
export async function parse(
  { jar }: Parser,
  statements: readonly string[],
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-grammar-'))
  try {
    const [program, texts] = [join(folder, 'Check.java'), join(folder, 'statements')]
    await writeFile(program, PROGRAM)
    await writeFile(texts, statements.map(withoutUnknown).join('\u0001'))
    const { stdout } = await run('java', ['-cp', jar, program, texts], {
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout.split('\n').slice(0, statements.length)
  } finally {
    await rm(folder, { recursive: true })
  }
}
