import { cookie } from "@web/core/browser/cookie";
import { registry } from "@web/core/registry";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

// Odoo gives colours by order; here they would say the contrary of what happened.
export const STATE_COLOURS = {
    done: ["#28a745", "#3fb95f"],
    failed: ["#dc3545", "#e5596a"],
    waiting: ["#f0ad4e", "#f0b963"],
    cancelled: ["#adb5bd", "#7c848c"],
    running: ["#17a2b8", "#36b4c7"],
    queued: ["#8fd3de", "#6fa9b3"],
};

/**
 * The state that a dataset of the graph is about, by its domains.
 *
 * @param {Object} dataset
 * @returns {string|undefined}
 */
export function stateOf(dataset) {
    for (const domain of dataset.domains || []) {
        for (const leaf of domain || []) {
            if (Array.isArray(leaf) && leaf[0] === "state" && leaf[1] === "=") {
                return leaf[2];
            }
        }
    }
    return undefined;
}

/** A graph of runs in which what is done is green, and what failed is red. */
export class GhlRunGraphRenderer extends GraphRenderer {
    getBarChartData() {
        const data = super.getBarChartData();
        const shade = cookie.get("color_scheme") === "dark" ? 1 : 0;
        for (const dataset of data.datasets) {
            const colours = STATE_COLOURS[stateOf(dataset)];
            if (colours) {
                dataset.backgroundColor = colours[shade];
            }
        }
        return data;
    }
}

registry.category("views").add("ghl_run_graph", { ...graphView, Renderer: GhlRunGraphRenderer });
