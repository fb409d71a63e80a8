import { describe, expect, it } from "vitest";
import { main_action, type AllowedAction } from "../src/index";

const action = (name: string, key: string, style: AllowedAction["style"]): AllowedAction => ({
  action: name, key, style, label: name, needs: [], subject: { kind: "case", id: "1" },
});

describe("main_action", () => {
  it("is the primary with the main key", () => {
    expect(main_action([action("comment", "M", "quiet"), action("accept", "E", "primary")])?.action).toBe("accept");
  });
  it("is what the case waits for, not what may also be done", () => {
    expect(main_action([action("send_check", "V", "primary"), action("close", "E", "normal")])?.action).toBe("close");
  });
  it("is the primary when nothing has the main key", () => {
    expect(main_action([action("remind", "U", "quiet"), action("send_check", "V", "primary")])?.action).toBe("send_check");
  });
  it("is never a danger, and may be nothing", () => {
    expect(main_action([action("decline", "E", "danger")])).toBeUndefined();
  });
});
