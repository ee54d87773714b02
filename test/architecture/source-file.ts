import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'

/** One import, however it is spelt. */
export interface Import {
  readonly line: number
  readonly specifier: string
  readonly load: 'value' | 'type' | 'dynamic'
  /** For a relative specifier: the file it names, relative to the root. */
  readonly target?: string
}

/** Something with a name, and where it stands. */
interface Named {
  readonly name: string
  readonly line: number
}

/** What the rules ask of a source file. */
export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string
  readonly lines: number
  readonly imports: readonly Import[]
  /** Exported declarations that carry no doc comment. */
  readonly undocumented: readonly Named[]
  /** Properties that a function literal is assigned to. */
  readonly assigned: readonly Named[]
}

/** Reads one file with the parser of TypeScript; nothing is type-checked. */
export function readSourceFile(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
  return {
    path,
    lines: text === '' ? 0 : text.replace(/\n$/, '').split('\n').length,
    imports: importsOf(tree),
    undocumented: undocumentedExports(tree),
    assigned: assignedFunctions(tree),
  }
}

const lineOf = (node: ts.Node): number => node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1

function importsOf(tree: ts.SourceFile): Import[] {
  const found: Import[] = []
  const add = (node: ts.Node, literal: ts.Node | undefined, load: Import['load']): void => {
    if (literal === undefined || !ts.isStringLiteralLike(literal)) return
    const specifier = literal.text
    const target = specifier.startsWith('.')
      ? posix.join(posix.dirname(tree.fileName), specifier).replace(/\.js$/, '.ts')
      : undefined
    found.push({ line: lineOf(node), specifier, load, ...(target !== undefined && { target }) })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? 'type' : 'value')
    } else if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, node.isTypeOnly ? 'type' : 'value')
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node, node.argument.literal, 'type')
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], 'dynamic')
    } else if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'require') {
      add(node, node.arguments[0], 'value')
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

function isAssignment(operator: ts.SyntaxKind): boolean {
  return operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment
}

function assignedFunctions(tree: ts.SourceFile): Named[] {
  const found: Named[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) {
      const given = ts.isArrowFunction(node.right) || ts.isFunctionExpression(node.right)
      if (given && ts.isPropertyAccessExpression(node.left))
        found.push({ name: node.left.getText(), line: lineOf(node) })
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

function undocumentedExports(tree: ts.SourceFile): Named[] {
  const listed = new Set<string>()
  for (const statement of tree.statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier !== undefined) continue
    if (statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) continue
    for (const element of statement.exportClause.elements) listed.add((element.propertyName ?? element.name).text)
  }
  const seen = new Map<string, { line: number; documented: boolean }>()
  for (const statement of tree.statements) {
    const exported =
      ts.canHaveModifiers(statement) &&
      (ts.getModifiers(statement) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)
    for (const name of namesOf(statement)) {
      if (!exported && !listed.has(name)) continue
      const documented = ts.getJSDocCommentsAndTags(statement).length > 0
      const before = seen.get(name)
      if (before === undefined) seen.set(name, { line: lineOf(statement), documented })
      else before.documented ||= documented
    }
  }
  return [...seen].filter(([, at]) => !at.documented).map(([name, { line }]) => ({ name, line }))
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText())
  if (ts.isExportAssignment(statement)) return ['default']
  if (
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  ) {
    return [statement.name?.text ?? 'default']
  }
  return []
}
