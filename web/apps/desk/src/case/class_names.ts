// What classes of problems are called, in the reader's language as far as there are words for it.
import type { ProblemClass } from "@chengge/model";
import { locale } from "../i18n";

export const class_name = (one: ProblemClass): string => (locale.value === "en" && one.name_en) || one.name;
export const major_name = (one: ProblemClass): string => (locale.value === "en" && one.major_name_en) || one.major_name;
