from interfaces.schemes import bundled as bundled
