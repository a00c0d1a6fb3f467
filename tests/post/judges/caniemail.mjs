// node caniemail.mjs PAGE: what mail programs do not know, or know in part, of a page's HTML and CSS.
// Prints JSON: for each finding the programs that have it.
import { readFileSync } from "node:fs";

import { caniemail, rawData } from "caniemail";

// The data say nothing of some pairs of a feature and a program; what nobody tried is held against nobody.
const programs = new Set(rawData.data.flatMap(({ stats }) =>
  Object.entries(stats).flatMap(([name, kinds]) => Object.keys(kinds).map((kind) => `${name}.${kind}`))));
for (const { stats } of rawData.data)
  for (const program of programs) {
    const [name, kind] = program.split(".");
    stats[name] ??= {};
    stats[name][kind] ??= { 0: "y" };
  }

const { issues } = caniemail({ clients: ["*"], html: readFileSync(process.argv[2], "utf8") });
const found = {};
for (const [word, kind] of [["no", issues.errors], ["partly", issues.warnings]])
  for (const [program, those] of kind)
    for (const { title } of those) (found[`${word}: ${title}`] ??= new Set()).add(program);
const listed = Object.entries(found).map(([title, those]) => [title, [...those].sort()]);
console.log(JSON.stringify(Object.fromEntries(listed)));
