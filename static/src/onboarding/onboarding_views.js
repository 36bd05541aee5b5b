import { registry } from "@web/core/registry";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { listView } from "@web/views/list/list_view";
import { ListRenderer } from "@web/views/list/list_renderer";

import { GhlOnboardingPanel } from "./onboarding_panel";

export class GhlOnboardingListRenderer extends ListRenderer {
    static template = "ghl_contact_sync.OnboardingListRenderer";
    static components = { ...ListRenderer.components, GhlOnboardingPanel };
}

export class GhlOnboardingKanbanRenderer extends KanbanRenderer {
    static template = "ghl_contact_sync.OnboardingKanbanRenderer";
    static components = { ...KanbanRenderer.components, GhlOnboardingPanel };
}

registry
    .category("views")
    .add("ghl_onboarding_list", { ...listView, Renderer: GhlOnboardingListRenderer })
    .add("ghl_onboarding_kanban", { ...kanbanView, Renderer: GhlOnboardingKanbanRenderer });
