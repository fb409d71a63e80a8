import { createRouter, createWebHistory, type RouteRecordRaw, type Router } from "vue-router";
import { t, type Key } from "./i18n";
import { useSession } from "./state/session";

declare module "vue-router" {
  interface RouteMeta {
    title?: Key;
    is_public?: boolean;
    permission?: string; // the page is of no use without it; "a|b": one of them is enough
  }
}

const routes: RouteRecordRaw[] = [
  { path: "/", component: () => import("./pages/HomePage.vue"), meta: { is_public: true } },
  { path: "/sign-in", component: () => import("./pages/SignInPage.vue"), meta: { is_public: true, title: "sign_in.title" } },
  { path: "/setup", component: () => import("./pages/SetUpPage.vue"), meta: { is_public: true, title: "setup.title" } },
  { path: "/welcome", component: () => import("./pages/WelcomePage.vue"), meta: { is_public: true, title: "welcome.title" } },
  { path: "/print/:case_id", component: () => import("./pages/PrintPage.vue"), props: true, meta: { title: "print.title", permission: "case.read" } },
  { path: "/print/sheets/:sheet_id", component: () => import("./pages/SheetPrintPage.vue"), props: true, meta: { title: "contractor.tab_sheet", permission: "patrol.read|patrol.company" } },
  {
    path: "/",
    component: () => import("./frame/AppFrame.vue"),
    children: [
      { path: "inbox/:case_id?", component: () => import("./pages/InboxPage.vue"), props: true, meta: { title: "inbox.title" } },
      { path: "cases/:case_id", component: () => import("./pages/CasePage.vue"), props: true, meta: { title: "case.title", permission: "case.read" } },
      { path: "register", component: () => import("./pages/RegisterPage.vue"), meta: { title: "register.title", permission: "report.write" } },
      { path: "pool", component: () => import("./pages/PoolPage.vue"), meta: { title: "pool.title", permission: "hotline.read" } },
      { path: "call-backs", component: () => import("./pages/CallBackPage.vue"), meta: { title: "call_back.title", permission: "hotline.read" } },
      { path: "knowledge", component: () => import("./pages/KnowledgePage.vue"), meta: { title: "knowledge.title", permission: "hotline.read" } },
      { path: "shifts", component: () => import("./pages/ShiftPage.vue"), meta: { title: "shift.title", permission: "hotline.read" } },
      { path: "search", component: () => import("./pages/SearchPage.vue"), props: { kind: "all" }, meta: { title: "search.title", permission: "case.read" } },
      { path: "mine", component: () => import("./pages/SearchPage.vue"), props: { kind: "mine" }, meta: { title: "search.mine", permission: "case.read" } },
      { path: "supervised", component: () => import("./pages/SearchPage.vue"), props: { kind: "supervised" }, meta: { title: "search.supervised", permission: "case.read" } },
      { path: "suspended", component: () => import("./pages/SearchPage.vue"), props: { kind: "suspended" }, meta: { title: "search.suspended", permission: "case.read" } },
      { path: "simple", component: () => import("./pages/SearchPage.vue"), props: { kind: "simple" }, meta: { title: "search.simple", permission: "case.read" } },
      { path: "ledgers", component: () => import("./pages/LedgerPage.vue"), meta: { title: "ledger.title", permission: "ledger.read" } },
      { path: "overdue", component: () => import("./pages/SearchPage.vue"), props: { kind: "overdue" }, meta: { title: "search.overdue", permission: "case.read" } },
      { path: "disputed", component: () => import("./pages/SearchPage.vue"), props: { kind: "disputed" }, meta: { title: "search.disputed", permission: "case.read" } },
      { path: "responsibility", component: () => import("./pages/ResponsibilityPage.vue"), meta: { title: "responsibility.title", permission: "responsibility.read" } },
      { path: "returns", component: () => import("./pages/ReturnsPage.vue"), meta: { title: "returns.title", permission: "dispatch.statistics" } },
      { path: "sampling", component: () => import("./pages/SamplingPage.vue"), meta: { title: "sampling.title", permission: "patrol.read" } },
      { path: "contractors", component: () => import("./pages/ContractorPage.vue"), meta: { title: "contractor.title", permission: "patrol.read|patrol.company" } },
      { path: "spot", component: () => import("./pages/SpotPage.vue"), meta: { title: "spot.title", permission: "patrol.own" } },
      { path: "my-areas", component: () => import("./pages/MyAreasPage.vue"), meta: { title: "my_areas.title", permission: "patrol.own" } },
      { path: "my-score", component: () => import("./pages/MyScorePage.vue"), meta: { title: "my_score.title", permission: "patrol.own" } },
      { path: "emergency", component: () => import("./pages/EmergencyPage.vue"), meta: { title: "emergency.title", permission: "emergency.read" } },
      { path: "reorganisation", component: () => import("./pages/ReorganisationPage.vue"), meta: { title: "reorganisation.title", permission: "reorganisation.read" } },
      { path: "map", component: () => import("./pages/MapPage.vue"), meta: { title: "map.page", permission: "registry.read" } },
      { path: "registry/:layer?/:feature_id?", component: () => import("./pages/LayerPage.vue"), props: true, meta: { title: "registry.title", permission: "registry.read" } },
      { path: "cell-division", component: () => import("./pages/CellDivisionPage.vue"), meta: { title: "division.title", permission: "registry.edit" } },
      { path: "duty-rota", component: () => import("./pages/DutyRotaPage.vue"), meta: { title: "rota.title", permission: "patrol.manage|registry.edit" } },
      { path: "duty-areas", component: () => import("./pages/DutyPage.vue"), meta: { title: "duty.title", permission: "registry.edit" } },
      { path: "proposals", component: () => import("./pages/ProposalPage.vue"), meta: { title: "proposal.title", permission: "registry.review|registry.propose" } },
      { path: "survey/:import_id?", component: () => import("./pages/SurveyPage.vue"), props: true, meta: { title: "survey.title", permission: "registry.edit" } },
      { path: "people", component: () => import("./pages/PeoplePage.vue"), meta: { title: "people.title", permission: "directory.read" } },
      { path: "access-log", component: () => import("./pages/AccessLogPage.vue"), meta: { title: "access_log.title", permission: "audit.read" } },
      { path: "notices", component: () => import("./pages/NoticesPage.vue"), meta: { title: "notice.title", permission: "notice.read" } },
      { path: "account", component: () => import("./pages/AccountPage.vue"), meta: { title: "account.title" } },
      { path: ":rest(.*)*", component: () => import("./pages/NotFoundPage.vue"), meta: { title: "not_found.title" } },
    ],
  },
];

// Where a person starts: the first page that is of use to them.
export function first_page(may: (permission: string) => boolean): string {
  if (may("inbox.read")) return "/inbox";
  if (may("patrol.company")) return "/contractors";
  if (may("case.read")) return "/search";
  if (may("audit.read")) return "/access-log";
  if (may("directory.read")) return "/people";
  return "/account";
}

export function make_router(): Router {
  const router = createRouter({ history: createWebHistory(), routes });
  router.beforeEach(async (to) => {
    const session = useSession();
    if (to.meta.is_public) return true;
    if (!session.is_known) await session.load();
    if (session.must_change_password && to.path !== "/account") return "/account";
    if (!session.me && !session.must_change_password) return { path: "/sign-in", query: { to: to.fullPath } };
    if (to.meta.permission && session.me && !to.meta.permission.split("|").some(session.may)) return first_page(session.may);
    return true;
  });
  router.afterEach((to) => {
    if (!to.meta.is_public && !to.path.startsWith("/print/")) return; // the frame counts the inbox in
    document.title = to.meta.title ? `${t(to.meta.title)} · ${t("name")}` : t("name");
  });
  return router;
}
