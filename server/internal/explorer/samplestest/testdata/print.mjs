// Prints the samples of the calls on standard input, as JSON, in their order.
//
// A call on standard input has what the form gives, but for the names of the
// operation: those come from the contract, as they do in the page.

import { read } from "../../page/contract.js";
import { newNonce, sign } from "../../page/sign.js";
import { samples } from "../../page/samples.js";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { contract: document, calls } = JSON.parse(text);
const contract = read(document);

const printed = [];
for (const given of calls) {
  const call = { ...given, action: contract.action, version: contract.apiVersion };
  const request = await sign({ ...call, date: new Date(), nonce: newNonce() });
  printed.push(samples(call, contract, request));
}
process.stdout.write(JSON.stringify(printed));
