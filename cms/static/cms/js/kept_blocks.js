/* The editor's stream: parts that were kept for a plugin that is not here stay, but cannot be added by hand. */
(() => {
  const { StreamBlockDefinition } = window.wagtailStreamField.blocks;

  class KeepingStreamBlockDefinition extends StreamBlockDefinition {
    constructor(name, groups, defaults, meta) {
      super(name, groups, defaults, meta);
      // All definitions are known by name now; what is left in the groups is what the menu offers.
      this.groupedChildBlockDefs = this.groupedChildBlockDefs
        .map(([group, definitions]) => [group, definitions.filter((each) => each.name !== 'unavailable')])
        .filter(([, definitions]) => definitions.length > 0);
    }
  }

  window.telepath.register('cms.streams.KeepingStreamBlock', KeepingStreamBlockDefinition);
})();
