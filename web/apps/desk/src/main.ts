import "@chengge/ui/tokens.css";
import "@chengge/ui/base.css";
import { createPinia } from "pinia";
import { createApp } from "vue";
import { on_signed_out } from "@chengge/api";
import App from "./App.vue";
import { apply_locale, t } from "./i18n";
import { make_router } from "./router";
import { useInbox } from "./state/inbox";
import { say_refused } from "./state/sentences";
import { useSession } from "./state/session";
import { apply_theme } from "./state/settings";
import { say } from "./state/toasts";

apply_theme();
apply_locale();
const app = createApp(App);
app.config.errorHandler = (error) => {
  console.error(error);
  say_refused(t("error.title"), error instanceof Error ? error : new Error(String(error)));
};
app.use(createPinia());
const router = make_router();
app.use(router);
// A page that could not be opened: what stood in the way; its address can be opened again.
router.onError((error: unknown) => {
  console.error(error);
  say_refused(t("error.title"), error);
});
// Drafts and unsent acts wait in the browser; after signing in the person is back where they were.
on_signed_out(() => {
  const session = useSession();
  if (!session.me) return;
  useInbox().stop();
  session.forget();
  say({ kind: "refused", title: t("sign_in.ended") });
  void router.push({ path: "/sign-in", query: { to: router.currentRoute.value.fullPath } });
});
app.mount("#app");
