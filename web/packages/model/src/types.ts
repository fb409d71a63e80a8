import type { Schemas } from "@chengge/api";

export type Light = Schemas["Light"];
export type Case = Schemas["Case"];
export type CaseSummary = Schemas["CaseSummary"];
export type Inbox = Schemas["Inbox"];
export type InboxItem = Schemas["InboxItem"];
// Accepting a report that has no class needs one.
export type Need = Schemas["AllowedAction"]["needs"][number];
export type AllowedAction = Schemas["AllowedAction"];
export type NewStep = Schemas["NewStep"];
export type NewReport = Schemas["NewReport"];
export type Step = Schemas["Step"];
export type StageClock = Schemas["StageClock"];
export type CaseMedia = Schemas["CaseMedia"];
export type Receiver = Schemas["Receiver"];
export type FilingRow = NonNullable<Schemas["FilingRow"]>;
export type ProblemClass = Schemas["ProblemClass"];
export type Place = Schemas["Place"];
export type Region = Schemas["Region"];
export type Organisation = Schemas["Organisation"];
export type Person = Schemas["Person"];
export type Me = Schemas["Me"];
export type Session = Schemas["Session"];
export type AccessLine = Schemas["AccessLine"];
export type Label = Schemas["Label"];
export type Demo = Schemas["Demo"];
export type Locale = "zh" | "en";
