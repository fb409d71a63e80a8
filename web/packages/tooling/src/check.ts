// The checks no compiler makes: no `any`, no colours outside the token file, no sentences outside the
// locale files, the same keys in every locale, no stray Latin words in Chinese.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { parse } from "@vue/compiler-sfc";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const faults: string[] = [];
const fault = (file: string, line: number, reason: string): void => {
  faults.push(`${file.startsWith(root) ? relative(root, file) : file}:${line}: ${reason}`);
};

function files_under(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ["node_modules", "dist", "generated"].includes(entry.name) ? [] : files_under(path);
    return [path];
  });
}

function check_script(file: string, code: string, first_line: number): void {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    const line = first_line + source.getLineAndCharacterOfPosition(node.getStart()).line;
    if (node.kind === ts.SyntaxKind.AnyKeyword) fault(file, line, "no `any`: name the type or use unknown");
    if (ts.isNonNullExpression(node)) fault(file, line, "no `!`: check for the value");
    ts.forEachChild(node, visit);
  };
  visit(source);
  if (/@ts-(?:ignore|nocheck|expect-error)\b/.test(code) && !file.endsWith("check.ts")) {
    fault(file, first_line, "the compiler may not be silenced");
  }
}

function check_colours(file: string, text: string): void {
  if (file.endsWith("tokens.css") || !/\.(vue|css)$/.test(file)) return;
  text.split("\n").forEach((line, index) => {
    if (/:\s*[^;"]*#[0-9a-f]{3,8}\b/i.test(line)) fault(file, index + 1, "colours live in tokens.css; use a name");
  });
}

function check_template(file: string, template: string, first_line: number): void {
  template.split("\n").forEach((line, index) => {
    if (/\p{Script=Han}/u.test(line.replace(/<!--.*?-->/g, ""))) {
      fault(file, first_line + index, "sentences live in the locale files");
    }
  });
}

function check_sources(): void {
  for (const file of files_under(root).filter((path) => /\.(ts|vue|css)$/.test(path))) {
    const text = readFileSync(file, "utf8");
    check_colours(file, text);
    if (file.endsWith(".ts")) check_script(file, text, 1);
    if (!file.endsWith(".vue")) continue;
    const { descriptor } = parse(text);
    const script = descriptor.scriptSetup ?? descriptor.script;
    if (script) check_script(file, script.content, script.loc.start.line);
    if (descriptor.template) check_template(file, descriptor.template.content, descriptor.template.loc.start.line);
  }
}

// Keys of the keyboard, formats and names that are the same in every language.
const latin_allowed = /\{[a-z_]+\}|\b(?:Ctrl|Alt|Shift|Enter|Esc|English|CSV|Shapefile|GeoPackage|GeoJSON|DXF|KML|EPSG|GBK|GB|JPEG|PNG|MB|CGCS2000|[A-Z])\b/g;
const avoided = /提交成功|操作成功|用户|仪表盘|工单|关闭案件|巡检/;

type Locale = Record<string, string>;
const locale_folder = "apps/desk/src/locales";
function read_locale(name: string): Locale {
  return JSON.parse(readFileSync(join(root, locale_folder, name), "utf8")) as Locale;
}

function check_chinese(zh: Locale): void {
  const file = `${locale_folder}/zh.json`;
  for (const [key, text] of Object.entries(zh)) {
    const stray = /[A-Za-z]+/.exec(text.replace(latin_allowed, ""));
    if (stray) fault(file, 1, `${key}: stray Latin “${stray[0]}”`);
    if (/[,;:!?]/.test(text.replace(/\d\d:\d\d/g, ""))) fault(file, 1, `${key}: half-width punctuation`);
    if (avoided.test(text)) fault(file, 1, `${key}: not the trade's word`);
  }
}

function check_same_keys(zh: Locale, en: Locale): void {
  const holes = (sentence: string): string => (sentence.match(/\{[a-z_]+\}/g) ?? []).sort().join();
  for (const [key, text] of Object.entries(zh)) {
    const other = en[key];
    if (other === undefined) fault(`${locale_folder}/en.json`, 1, `no ${key}`);
    else if (holes(other) !== holes(text)) fault(`${locale_folder}/en.json`, 1, `${key}: other placeholders than zh`);
  }
  for (const [key, text] of Object.entries(en)) {
    if (!(key in zh)) fault(`${locale_folder}/zh.json`, 1, `no ${key}`);
    if (/\p{Script=Han}/u.test(text) && key !== "language.other") fault(`${locale_folder}/en.json`, 1, `${key}: Han in English`);
  }
}

// Words nobody reads rot.
function check_used(zh: Locale): void {
  const sources = files_under(join(root, "apps/desk/src"))
    .filter((path) => /\.(ts|vue)$/.test(path))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  for (const key of Object.keys(zh)) {
    const family = key.slice(0, key.lastIndexOf(".") + 1);
    const is_used = [`"${key}"`, `'${key}'`, `\`${family}\${`, `\`${key.slice(0, key.lastIndexOf("_") + 1)}\${`].some((form) => sources.includes(form));
    if (!is_used) fault(`${locale_folder}/zh.json`, 1, `${key} is used nowhere`);
  }
}

const zh = read_locale("zh.json");
check_sources();
check_chinese(zh);
check_same_keys(zh, read_locale("en.json"));
check_used(zh);

if (faults.length > 0) {
  process.stderr.write(`${faults.join("\n")}\n${faults.length} faults\n`);
  process.exit(1);
}
process.stdout.write(`web check: ${Object.keys(zh).length} sentences in two languages, no faults\n`);
