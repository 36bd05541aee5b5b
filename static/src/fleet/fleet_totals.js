import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { listView } from "@web/views/list/list_view";
import { ListRenderer } from "@web/views/list/list_renderer";
import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

/** Green is for a fleet in which all is well, not for one that merely asks nothing. */
export function iconOf({ locations, need_you: needYou, well }) {
    if (needYou) {
        return "fa-exclamation-circle text-danger";
    }
    return well === locations ? "fa-check-circle text-success" : "fa-info-circle text-muted";
}

/** One line above all locations: how many are well, and how many wait for a person. */
export class GhlFleetTotals extends Component {
    static template = "ghl_contact_sync.FleetTotals";
    static props = { list: { type: Object } };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ text: "", locations: 0, need_you: 0, well: 0 });
        onWillStart(() => this.load());
        // The renderer passes its props again whenever its records were read again.
        onWillUpdateProps(() => this.load());
    }

    get icon() {
        return iconOf(this.state);
    }

    async load() {
        Object.assign(this.state, await this.orm.call("ghl.fleet", "get_totals"));
    }
}

export class GhlFleetListRenderer extends ListRenderer {
    static template = "ghl_contact_sync.FleetListRenderer";
    static components = { ...ListRenderer.components, GhlFleetTotals };
}

export class GhlFleetKanbanRenderer extends KanbanRenderer {
    static template = "ghl_contact_sync.FleetKanbanRenderer";
    static components = { ...KanbanRenderer.components, GhlFleetTotals };
}

registry
    .category("views")
    .add("ghl_fleet_list", { ...listView, Renderer: GhlFleetListRenderer })
    .add("ghl_fleet_kanban", { ...kanbanView, Renderer: GhlFleetKanbanRenderer });
