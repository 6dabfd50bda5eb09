// The code samples, one tab for each language.

import { announce, block, h, show } from "./dom.js";
import { samples } from "./samples.js";
import { tabs } from "./tabs.js";

/** Code shows the samples of a call. */
export class Code {
  constructor(pane, chosen) {
    this.pane = pane;
    this.list = h("div", { class: "tabs languages", role: "tablist", "aria-label": "Language", id: "languages" });
    this.shown = h("div", { role: "tabpanel", id: "sample", tabindex: 0 });
    this.chosen = "esacert";
    show(pane, this.list, this.shown);
    this.tab = tabs(this.list, (id) => {
      this.chosen = id.replace("sample-", "");
      this.present();
      chosen(this.chosen);
    });
  }

  select(id) {
    this.chosen = id;
    this.tab(`sample-${id}`);
  }

  /** update sets the call; sign() re-signs it. */
  async update(call, contract, sign) {
    const request = await sign();
    this.sign = sign;
    this.call = call;
    this.contract = contract;
    this.all = samples(call, contract, request);
    if (!this.all.some((s) => s.id === this.chosen)) this.chosen = this.all[0].id;
    if (!this.list.childElementCount) {
      show(
        this.list,
        this.all.map((s) => h("button", { role: "tab", type: "button", id: `sample-${s.id}`, "aria-controls": "sample", "aria-selected": String(s.id === this.chosen), tabindex: s.id === this.chosen ? 0 : -1 }, s.title)),
      );
    }
    this.present();
  }

  present() {
    const sample = this.all?.find((s) => s.id === this.chosen);
    if (!sample) return;
    this.shown.setAttribute("aria-labelledby", `sample-${sample.id}`);
    show(
      this.shown,
      sample.install && block("Install", sample.install, { id: "sample-install" }),
      block(sample.file ?? "Command", sample.fresh ? () => this.fresh(sample.id) : sample.code, { id: "sample-code", code: sample.code, note: sample.note }),
      sample.run && block("Run", sample.run, { id: "sample-run" }),
    );
    this.shown.querySelector("#sample-code").classList.add("code");
  }

  // fresh re-signs, so that the copied sample is valid for one call.
  async fresh(id) {
    await this.update(this.call, this.contract, this.sign);
    announce("Signed anew.");
    return this.all.find((s) => s.id === id).code;
  }
}
