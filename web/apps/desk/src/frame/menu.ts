import { computed, type ComputedRef } from "vue";
import type { IconName } from "@chengge/ui";
import { t } from "../i18n";
import { useInbox } from "../state/inbox";
import { useSession } from "../state/session";

export interface MenuItem {
  path: string;
  text: string;
  short: string; // for the rail and its 46 px
  icon: IconName;
  count?: number;
  is_red?: boolean;
  is_here: (path: string, query: string | undefined) => boolean;
}
export interface MenuGroup {
  title: string;
  items: MenuItem[];
}

const stage_icons: Readonly<Record<string, IconName>> = {
  accept: "phone", verify: "eye", file_case: "flag", city_dispatch: "send", district_dispatch: "send",
  decide_request: "scales", sign: "pencil", handle: "wrench", review: "note", gate: "shield",
  send_check: "check", check: "eye", close: "door", send_recheck: "check", recheck: "eye", spot_check: "eye", archive: "layers",
  simple_handle: "broom", reply: "note", reply_instruction: "note", confirm_reply: "check", confirm_instruction: "check",
};

// Only what exists and may be opened; the stages are those I have work in.
export function useMenu(): ComputedRef<MenuGroup[]> {
  const session = useSession();
  const inbox = useInbox();
  return computed(() => {
    const page = (path: string, text: string, short: string, icon: IconName): MenuItem => ({ path, text, short, icon, is_here: (here) => here === path });
    const work: MenuItem[] = [];
    if (session.may("inbox.read")) {
      work.push({ path: "/inbox", text: t("inbox.title"), short: t("menu.inbox"), icon: "inbox", count: inbox.counts.all, is_here: (here, stage) => here.startsWith("/inbox") && !stage });
      for (const stage of inbox.by_stage) {
        work.push({
          path: `/inbox?stage=${stage.stage}`, text: stage.label, short: stage.label, icon: stage_icons[stage.stage] ?? "list", count: stage.count,
          is_here: (here, shown) => here.startsWith("/inbox") && shown === stage.stage,
        });
      }
    }
    if (session.is_a("collector")) work.push(page("/spot", t("spot.title"), t("menu.spot"), "broom"), page("/my-areas", t("my_areas.title"), t("menu.my_areas"), "map"));
    if (session.may("hotline.read")) work.push(page("/pool", t("pool.title"), t("pool.title"), "pool"));
    if (session.may("report.write")) work.push(page("/register", t("register.title"), t("register.title"), "phone"));
    if (session.may("hotline.read")) work.push(page("/call-backs", t("call_back.title"), t("call_back.title"), "bell"), page("/knowledge", t("knowledge.title"), t("knowledge.title"), "note"), page("/shifts", t("shift.title"), t("shift.title"), "people"));
    const cases: MenuItem[] = session.may("case.read")
      ? [page("/mine", t("search.mine"), t("menu.mine"), "list"), page("/overdue", t("search.overdue"), t("menu.overdue"), "clock"), page("/supervised", t("search.supervised"), t("menu.supervised"), "flag"), page("/disputed", t("search.disputed"), t("menu.disputed"), "scales"), page("/suspended", t("search.suspended"), t("menu.suspended"), "layers"), page("/simple", t("search.simple"), t("menu.simple"), "broom"), page("/search", t("search.title"), t("menu.search"), "search")]
      : [];
    if (session.may("ledger.read")) cases.push(page("/ledgers", t("ledger.title"), t("menu.ledgers"), "scales"));
    const rest: MenuItem[] = [];
    if (session.may("registry.read")) rest.push(page("/map", t("map.page"), t("map.page"), "map"), { ...page("/registry", t("registry.title"), t("menu.registry"), "layers"), is_here: (here) => here.startsWith("/registry") });
    if (session.may("registry.edit")) rest.push(page("/cell-division", t("division.title"), t("division.title"), "map"));
    if (session.may("registry.edit") || session.may("patrol.manage")) rest.push(page("/duty-rota", t("rota.title"), t("rota.title"), "clock"));
    if (session.may("registry.edit")) rest.push(page("/duty-areas", t("duty.title"), t("duty.title"), "people"));
    if (session.may("registry.review") || session.may("registry.propose")) rest.push(page("/proposals", t("proposal.title"), t("menu.proposals"), "flag"));
    if (session.may("responsibility.read")) rest.push(page("/responsibility", t("responsibility.title"), t("menu.responsibility"), "shield"));
    if (session.may("dispatch.statistics")) rest.push(page("/returns", t("returns.title"), t("menu.returns"), "up"));
    if (session.may("patrol.read")) rest.push(page("/sampling", t("sampling.title"), t("menu.sampling"), "eye"));
    if (session.may("patrol.read") || session.may("patrol.company")) rest.push(page("/contractors", t("contractor.title"), t("menu.contractors"), "building"));
    if (session.may("patrol.own")) rest.push(page("/my-score", t("my_score.title"), t("menu.my_score"), "star"));
    if (session.may("emergency.read")) rest.push(page("/emergency", t("emergency.title"), t("menu.emergency"), "flag"));
    if (session.may("reorganisation.read")) rest.push(page("/reorganisation", t("reorganisation.title"), t("menu.reorganisation"), "building"));
    if (session.may("registry.edit")) rest.push(page("/survey", t("survey.title"), t("menu.survey"), "cloud"));
    if (session.may("directory.read")) rest.push(page("/people", t("people.title"), t("menu.people"), "people"));
    if (session.may("notice.read")) rest.push(page("/notices", t("notice.title"), t("menu.notices"), "bell"));
    if (session.may("audit.read")) rest.push(page("/access-log", t("access_log.title"), t("menu.access_log"), "note"));
    rest.push(page("/account", t("account.title"), t("menu.account"), "key"));
    return [
      { title: t("menu.work"), items: work },
      { title: t("menu.cases"), items: cases },
      { title: t("menu.rest"), items: rest },
    ].filter((group) => group.items.length > 0);
  });
}
