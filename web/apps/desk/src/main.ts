import "@chengge/ui/tokens.css";
import "@chengge/ui/base.css";
import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { apply_locale } from "./i18n";
import { make_router } from "./router";
import { say_refused } from "./state/sentences";
import { apply_theme } from "./state/settings";
import { t } from "./i18n";

apply_theme();
apply_locale();
const app = createApp(App);
app.config.errorHandler = (error) => {
  console.error(error);
  say_refused(t("error.title"), error instanceof Error ? error : new Error(String(error)));
};
app.use(createPinia());
app.use(make_router());
app.mount("#app");
