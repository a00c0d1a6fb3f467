// node mailparser.mjs MAIL: what a mail program's parser reads in it, as JSON; files in base64.
import { createReadStream } from "node:fs";

import { simpleParser } from "mailparser";

const mail = await simpleParser(createReadStream(process.argv[2]), { skipTextToHtml: true });
const people = (field) => (field?.value ?? []).map(({ name, address }) => [name, address]);
const files = mail.attachments.map(({ filename, contentType, content }) =>
  [filename, contentType, content.toString("base64")]);
const { subject, date, messageId, text, html } = mail;
const unsubscribe = mail.headers.get("list")?.unsubscribe ?? {};
const said = { subject, date, messageId, text, html, files, unsubscribe };
console.log(JSON.stringify({ ...said, from: people(mail.from), to: people(mail.to) }));
