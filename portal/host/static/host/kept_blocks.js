/* The editor's stream: parts that are only kept stay, say why, and cannot be added by hand. */
(() => {
  const { StreamBlockDefinition } = window.wagtailStreamField.blocks;

  // A kept part's state is {"why": words, "kept": signed text}, as text; it goes back as it came.
  const tellingWhy = (definition) => {
    const render = definition.render.bind(definition);
    definition.render = (placeholder, prefix, state, ...rest) => {
      const block = render(placeholder, prefix, state, ...rest);
      const input = document.getElementById(prefix) ?? document.getElementsByName(prefix)[0];
      if (input && state) {
        const words = document.createElement('p');
        words.textContent = JSON.parse(state).why;
        input.before(words);
      }
      return block;
    };
  };

  class KeepingStreamBlockDefinition extends StreamBlockDefinition {
    constructor(name, groups, defaults, meta) {
      super(name, groups, defaults, meta);
      for (const [, definitions] of groups) definitions.filter((each) => each.name === 'unavailable').forEach(tellingWhy);
      // All definitions are known by name now; what is left in the groups is what the menu offers.
      this.groupedChildBlockDefs = this.groupedChildBlockDefs
        .map(([group, definitions]) => [group, definitions.filter((each) => each.name !== 'unavailable')])
        .filter(([, definitions]) => definitions.length > 0);
    }
  }

  window.telepath.register('portal.host.KeepingStreamBlock', KeepingStreamBlockDefinition);
})();
