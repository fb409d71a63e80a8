import type { components } from "./generated/contract";

export type Problem = components["schemas"]["Problem"];

// The server said no. `message` is its own sentence for a person.
export class Refusal extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "Refusal";
    this.problem = problem;
  }
  get code(): string {
    return this.problem.code;
  }
  get status(): number {
    return this.problem.status;
  }
}

// Nobody answered: no network, the server is down or still starting. Worth trying again.
export class NoAnswer extends Error {
  constructor(cause: unknown) {
    super("no answer", { cause });
    this.name = "NoAnswer";
  }
}

function is_problem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && "detail" in value;
}

// 502–504 come from a proxy before a server that is away: the same act may be sent again.
export function is_worth_resending(error: unknown): boolean {
  return error instanceof NoAnswer || (error instanceof Refusal && [502, 503, 504].includes(error.status));
}

export function refusal_of(body: unknown, status: number): Refusal {
  if (is_problem(body)) return new Refusal(body);
  return new Refusal({ type: "about:blank", title: `HTTP ${status}`, status, code: `http_${status}`, detail: "" });
}
